tcpdump -ni ens4 -T vxlan udp port 8472
