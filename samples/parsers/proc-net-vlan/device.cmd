cat /proc/net/vlan/eth0.20
