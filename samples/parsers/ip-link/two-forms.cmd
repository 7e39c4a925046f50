ip -d -s link
