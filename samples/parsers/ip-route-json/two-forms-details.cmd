ip -j -p -d route
