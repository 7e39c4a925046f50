ebtables -L --Lc
