wget -t1 -T2 http://10.71.2.2:8082/
