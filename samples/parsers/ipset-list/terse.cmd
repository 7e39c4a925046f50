ipset list -t
