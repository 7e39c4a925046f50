brctl showstp cni0
