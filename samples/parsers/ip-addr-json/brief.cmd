ip -br -j addr
