ebtables -L --Lx --Lc
