cat /proc/net/xfrm_stat
