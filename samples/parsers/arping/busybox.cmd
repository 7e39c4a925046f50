busybox arping -c2 -I eth0 10.71.1.1
