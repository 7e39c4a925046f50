iptables-save -c
