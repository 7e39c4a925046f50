bridge -j vlan
