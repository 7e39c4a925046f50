cat /proc/net/xt_recent/six
