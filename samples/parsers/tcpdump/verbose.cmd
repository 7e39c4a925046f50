tcpdump -vni ens4
