cat /proc/net/stat/arp_cache
