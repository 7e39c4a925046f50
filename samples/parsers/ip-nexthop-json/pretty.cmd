ip -d -j -p nexthop
