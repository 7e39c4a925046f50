ipset list nosuch
