etcdctl ls --recursive
