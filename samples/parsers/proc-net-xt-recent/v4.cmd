cat /proc/net/xt_recent/seen
