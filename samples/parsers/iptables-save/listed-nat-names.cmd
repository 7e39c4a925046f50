iptables-legacy -t nat -S
