tcpdump -tttt -ni ens4 icmp
