wget -t1 -O- https://10.71.2.2:8443/
