tcpdump -eni ens4
