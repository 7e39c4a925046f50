bridge vni
