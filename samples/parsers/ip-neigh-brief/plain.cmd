ip -br neigh
