ipset list -s
