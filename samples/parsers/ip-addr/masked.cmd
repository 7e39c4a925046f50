ip -d addr
