bridge -j -p vni
