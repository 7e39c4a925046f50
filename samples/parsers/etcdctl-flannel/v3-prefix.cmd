etcdctl get --prefix /coreos.com/network
