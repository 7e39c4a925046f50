ipset list KUBE-CLUSTER-IP
