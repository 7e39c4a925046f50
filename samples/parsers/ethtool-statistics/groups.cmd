ethtool -S eth1 --groups eth-mac rmon
