dig @10.71.2.4 SRV _https._tcp.kubernetes.default.svc.cluster.local
