dig -u @10.71.2.4 kubernetes.default.svc.cluster.local
