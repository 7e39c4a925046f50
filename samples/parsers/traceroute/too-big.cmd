traceroute -n -F -w1 10.71.2.2 1450
