ip -j -p neigh
