ifconfig -s -a
