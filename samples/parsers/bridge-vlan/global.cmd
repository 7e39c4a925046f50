bridge -d vlan global show
