tcpdump -i eth0 -nn -vvv
