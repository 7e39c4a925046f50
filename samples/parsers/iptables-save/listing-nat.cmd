iptables -t nat -S
