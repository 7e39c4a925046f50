traceroute 10.71.2.2
