grep . /proc/sys/net/ipv4/conf/*/rp_filter
