iptables -t nat -nL PREROUTING
