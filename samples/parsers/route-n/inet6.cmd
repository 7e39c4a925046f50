route -n -6
