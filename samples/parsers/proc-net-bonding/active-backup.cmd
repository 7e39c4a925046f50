cat /proc/net/bonding/bond0
