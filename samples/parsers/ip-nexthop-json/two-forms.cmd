ip -d -j -p nexthop show
