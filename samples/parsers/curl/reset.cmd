curl -v http://10.71.2.2:8081/
