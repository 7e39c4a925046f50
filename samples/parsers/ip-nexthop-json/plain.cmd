ip -j nexthop
