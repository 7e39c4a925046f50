sysctl -n net.ipv4.ip_forward net.ipv4.conf.flannel/1.forwarding
