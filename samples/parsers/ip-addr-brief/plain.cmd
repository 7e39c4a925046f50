ip -br addr
