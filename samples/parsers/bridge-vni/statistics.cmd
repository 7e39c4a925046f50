bridge -s vni
