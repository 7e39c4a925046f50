ip -j -p -d -s link
