ping -D -c2 fd00:162::7
