ip -d -s addr
