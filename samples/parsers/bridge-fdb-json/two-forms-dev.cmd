bridge -j -p fdb show dev flannel.1
