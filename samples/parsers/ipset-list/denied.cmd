ipset list
