cat /proc/net/if_inet6
