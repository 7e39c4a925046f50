tcpdump -v -ni any
