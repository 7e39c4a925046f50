iptables -V
