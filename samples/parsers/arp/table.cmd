arp -e -n
