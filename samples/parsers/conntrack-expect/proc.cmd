cat /proc/net/nf_conntrack_expect
