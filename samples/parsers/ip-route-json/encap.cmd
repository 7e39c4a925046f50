ip -j route
