ethtool -P veth8a3f
