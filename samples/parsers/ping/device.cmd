ping -I eth0 -c1 10.71.2.2
