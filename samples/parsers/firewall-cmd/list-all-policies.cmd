firewall-cmd --list-all-policies
