head -v -n 2000 /proc/net/xt_recent/other /proc/net/xt_recent/seen /proc/net/xt_recent/six
