firewall-cmd --permanent --zone=public --list-all --verbose
