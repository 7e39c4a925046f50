ip -j -d route
