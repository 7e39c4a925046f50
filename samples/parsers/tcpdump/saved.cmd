tcpdump -i eth0 -w x.pcap udp port 8472
