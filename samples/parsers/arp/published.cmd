arp -a
