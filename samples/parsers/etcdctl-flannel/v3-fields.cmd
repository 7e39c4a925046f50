etcdctl get --prefix /coreos.com/network -w fields
