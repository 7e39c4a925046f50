iptables-legacy -t raw -L
