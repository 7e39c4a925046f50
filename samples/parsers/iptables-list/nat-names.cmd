iptables-legacy -t nat -L -v
