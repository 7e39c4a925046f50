ip -j -p neigh show dev cni0
