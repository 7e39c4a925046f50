iptables -t nat -nvL
