ip -s ntable show
