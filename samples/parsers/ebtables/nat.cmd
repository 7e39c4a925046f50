ebtables -t nat -L
