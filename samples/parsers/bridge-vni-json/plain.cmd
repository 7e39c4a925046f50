bridge -j vni
