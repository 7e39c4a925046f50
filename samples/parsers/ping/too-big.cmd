ping -M do -s 1600 -c1 10.162.0.7
