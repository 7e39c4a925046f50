ethtool --json -k cni0
