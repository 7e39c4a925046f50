ethtool -S veth8a3f
