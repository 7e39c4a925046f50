ethtool -P eth0
