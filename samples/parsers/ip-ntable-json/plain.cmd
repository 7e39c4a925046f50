ip -j ntable
