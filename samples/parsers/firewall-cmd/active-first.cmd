firewall-cmd --list-all-zones
