cat /proc/net/udp /proc/net/udp6
