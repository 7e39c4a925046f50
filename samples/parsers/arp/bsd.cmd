arp -an
