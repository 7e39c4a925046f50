ethtool -i flannel.1
