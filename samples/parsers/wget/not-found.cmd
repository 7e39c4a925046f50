wget -O- http://10.71.2.2:8080/nosuch
