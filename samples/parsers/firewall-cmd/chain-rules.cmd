firewall-cmd --direct --get-rules ipv4 filter FORWARD
