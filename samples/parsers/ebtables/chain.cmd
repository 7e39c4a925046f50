ebtables -L FORWARD --Lc
