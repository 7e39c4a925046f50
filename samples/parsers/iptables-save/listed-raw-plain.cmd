iptables-legacy -t raw -S
