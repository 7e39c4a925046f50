cat /proc/net/raw
