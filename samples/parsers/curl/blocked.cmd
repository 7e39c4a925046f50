curl -v http://10.67.1.1/
