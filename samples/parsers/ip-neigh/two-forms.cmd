ip neigh
