ip -j -p neigh show proxy
