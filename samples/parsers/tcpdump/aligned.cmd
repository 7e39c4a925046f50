tcpdump icmp -tf
