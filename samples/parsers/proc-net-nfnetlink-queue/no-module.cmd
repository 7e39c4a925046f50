cat /proc/net/netfilter/nfnetlink_queue
