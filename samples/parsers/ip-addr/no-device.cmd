ip addr show dev cni7
