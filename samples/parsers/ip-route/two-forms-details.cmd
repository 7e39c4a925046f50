ip -d route
