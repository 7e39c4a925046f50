ip -d -j nexthop show
