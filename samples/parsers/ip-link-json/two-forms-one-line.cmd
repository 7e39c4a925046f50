ip -j -d -s link
