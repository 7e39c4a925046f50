ethtool -a bond0.102@bond0
