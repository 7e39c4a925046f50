tcpdump -e -ni any
