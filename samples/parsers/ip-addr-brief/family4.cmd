ip -br -4 addr show
