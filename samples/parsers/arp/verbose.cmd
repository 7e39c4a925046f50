arp -nv
