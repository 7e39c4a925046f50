etcdctl --endpoints https://192.0.2.11:2379 endpoint health
