firewall-cmd --info-zone=external
