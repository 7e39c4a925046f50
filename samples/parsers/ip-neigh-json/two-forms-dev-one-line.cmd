ip -j neigh show dev eth0
