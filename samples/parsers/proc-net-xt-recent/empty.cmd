cat /proc/net/xt_recent/other
