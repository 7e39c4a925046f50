ip netconf show dev cni0
