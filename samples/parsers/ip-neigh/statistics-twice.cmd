ip -s -s neigh
