sysctl -w net.ipv4.conf.all.forwarding=1 net.ipv4.conf.cni0.proxy_arp=1
