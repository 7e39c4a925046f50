firewall-cmd --direct --get-all-chains
