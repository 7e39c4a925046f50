ebtables -L --Ln --Lc
