ip -j -p -6 addr
