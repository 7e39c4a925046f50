tcpdump -ni ens4
