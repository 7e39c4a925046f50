ebtables -t foo -L
