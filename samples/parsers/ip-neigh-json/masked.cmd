ip -j neigh
