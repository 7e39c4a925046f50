wget -t2 -T1 http://10.71.2.2:9000/
