ip neigh show proxy
