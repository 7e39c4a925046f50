ip -4 a
