ip ntable show dev eth0
