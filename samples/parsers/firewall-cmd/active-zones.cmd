firewall-cmd --get-active-zones
