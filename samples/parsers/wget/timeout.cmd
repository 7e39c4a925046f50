wget -T2 -t1 http://10.71.2.2:9000/
