traceroute -n -w 4 -q1 10.71.1.77
