tcpdump -nnevvv -r crafted.pcap
