cat /proc/net/ip_conntrack
