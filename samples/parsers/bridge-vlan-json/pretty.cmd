bridge -d -s -j -p vlan
