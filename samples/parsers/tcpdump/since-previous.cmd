tcpdump -nttt -r a.pcap
