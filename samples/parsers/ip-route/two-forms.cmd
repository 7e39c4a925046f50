ip route show table all
