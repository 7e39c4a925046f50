fping -s -c2 -D 10.71.2.2
