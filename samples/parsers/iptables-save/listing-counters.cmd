iptables -v -S
