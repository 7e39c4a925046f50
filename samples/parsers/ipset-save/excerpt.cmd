ipset save | grep KUBE-CLUSTER-IP
