tcpdump -vveni ens4
