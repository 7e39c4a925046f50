ip -br -j neigh
