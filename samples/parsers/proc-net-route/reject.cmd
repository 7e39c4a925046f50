cat /proc/1/net/route
