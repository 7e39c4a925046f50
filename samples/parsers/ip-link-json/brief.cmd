ip -br -j link
