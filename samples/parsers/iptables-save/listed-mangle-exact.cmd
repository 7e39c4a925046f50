iptables -t mangle -S
