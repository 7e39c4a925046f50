firewall-cmd --get-default-zone
