ipset list -n
