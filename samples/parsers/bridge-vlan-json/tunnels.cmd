bridge -j vlan tunnelshow
