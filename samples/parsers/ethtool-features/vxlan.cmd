ethtool -k flannel.1
