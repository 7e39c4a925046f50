ethtool nope0
