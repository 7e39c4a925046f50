bridge -s vlan
