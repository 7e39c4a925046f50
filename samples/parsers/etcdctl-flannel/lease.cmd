etcdctl get /coreos.com/network/subnets/10.60.2.0-24
