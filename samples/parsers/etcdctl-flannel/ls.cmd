etcdctl ls /coreos.com/network/subnets
