ip route show dev flannel.1
