ebtables-legacy -L
