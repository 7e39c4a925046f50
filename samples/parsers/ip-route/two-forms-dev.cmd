ip route show dev eth0
