curl -v --connect-timeout 2 http://10.71.2.2:9000/
