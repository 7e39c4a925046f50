bridge -d vlan
