ip a s cni0
