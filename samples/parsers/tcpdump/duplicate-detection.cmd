tcpdump -n -v -i eth1
