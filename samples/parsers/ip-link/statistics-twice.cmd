ip -s -s link show dev eth0
