busybox brctl showstp cni0
