ip neigh show dev eth0
