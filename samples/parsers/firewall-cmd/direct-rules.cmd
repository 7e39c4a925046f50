firewall-cmd --direct --get-all-rules
