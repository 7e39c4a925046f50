bridge -j -p vlan
