nslookup kubernetes.default.svc.cluster.local 10.71.2.4
