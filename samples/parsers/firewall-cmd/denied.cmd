firewall-cmd --list-all
