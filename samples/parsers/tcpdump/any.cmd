tcpdump -ni any
