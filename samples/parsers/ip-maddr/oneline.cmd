ip -o maddr show dev eth0
