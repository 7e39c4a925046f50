wget -t1 http://10.66.1.1/
