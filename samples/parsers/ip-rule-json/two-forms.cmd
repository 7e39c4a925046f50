ip -j -p rule
