cat /proc/net/vlan/config
