ping -v -c1 10.71.2.2
