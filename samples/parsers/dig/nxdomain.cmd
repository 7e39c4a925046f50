dig @10.71.2.4 nosuch.svc.cluster.local
