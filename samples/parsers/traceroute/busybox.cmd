busybox traceroute -n -w1 -m3 10.99.0.1
