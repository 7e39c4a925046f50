tcpdump -n -A -r web.pcap
