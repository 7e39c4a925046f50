ip -j -p route show dev eth0
