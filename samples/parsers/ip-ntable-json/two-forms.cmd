ip -s -j -p ntable show
