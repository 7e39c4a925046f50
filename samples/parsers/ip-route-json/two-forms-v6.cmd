ip -j -p -6 route
