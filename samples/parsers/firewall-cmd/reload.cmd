firewall-cmd --reload
