ip -d nexthop show
