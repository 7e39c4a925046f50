arping -c2 -w2 -I eth0 10.71.1.77
