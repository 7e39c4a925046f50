ip -j -6 addr
