iptables -L -n
