cat /proc/net/arp
