ip -br -d link show dev cni0
