busybox wget -O- http://nosuch.local/
