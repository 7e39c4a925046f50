ip -o ntable
