traceroute -n --mtu 10.71.2.2
