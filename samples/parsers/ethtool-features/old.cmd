ethtool -k eth0
