ethtool -l veth8a3f
