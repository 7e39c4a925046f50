busybox arp -an
