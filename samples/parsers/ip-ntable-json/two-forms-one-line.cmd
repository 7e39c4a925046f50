ip -s -j ntable show
