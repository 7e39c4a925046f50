curl -v http://10.66.1.1/
