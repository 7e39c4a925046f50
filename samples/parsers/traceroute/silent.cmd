traceroute -n -w1 -q2 -m4 10.99.0.1
