route -6 -n
