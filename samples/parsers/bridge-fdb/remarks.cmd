bridge fdb show dev flannel.1
