ip route show table local
