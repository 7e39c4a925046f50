ip -o -d link
