cat /proc/net/sockstat6
