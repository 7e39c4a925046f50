ethtool -l flannel.1
