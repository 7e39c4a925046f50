ip -j -6 route
