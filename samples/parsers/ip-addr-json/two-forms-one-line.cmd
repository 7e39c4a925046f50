ip -j addr
