ip nexthop
