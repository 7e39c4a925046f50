cat /proc/net/dev
