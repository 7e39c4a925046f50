bridge fdb show br cni0
