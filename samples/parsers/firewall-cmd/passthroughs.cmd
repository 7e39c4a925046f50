firewall-cmd --permanent --direct --get-all-passthroughs
