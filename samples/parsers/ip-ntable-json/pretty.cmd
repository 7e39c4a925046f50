ip -j -p -s ntable
