iptables -t nat -L -n -v
