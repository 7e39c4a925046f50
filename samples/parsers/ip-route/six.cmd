ip -6 r
