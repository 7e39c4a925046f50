ip -j neigh show proxy
