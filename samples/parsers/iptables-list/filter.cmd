iptables -L -nv
