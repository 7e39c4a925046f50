ip -j maddr
