ip -j -p neigh show dev eth0
