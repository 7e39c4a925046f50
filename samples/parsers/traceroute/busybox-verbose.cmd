busybox traceroute -v -l 10.71.2.2
