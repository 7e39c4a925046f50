ip route show table 100
