traceroute nosuch.local
