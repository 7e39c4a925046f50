ethtool -S cni0
