etcdctl get /coreos.com/network/config -w json
