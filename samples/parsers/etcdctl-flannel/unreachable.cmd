etcdctl get /coreos.com/network/config
