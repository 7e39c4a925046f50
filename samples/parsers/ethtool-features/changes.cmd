ethtool -K flannel.1 tx-checksum-ip-generic off
