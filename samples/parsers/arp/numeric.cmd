arp -n
