bridge -j fdb show dev flannel.1
