ethtool -i eth0
