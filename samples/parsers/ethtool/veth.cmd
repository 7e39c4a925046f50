ethtool veth8a3f
