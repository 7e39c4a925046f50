ping -c1 localhost
