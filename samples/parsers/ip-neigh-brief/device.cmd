ip -br neigh show dev eth0
