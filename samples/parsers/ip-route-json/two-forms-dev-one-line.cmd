ip -j route show dev eth0
