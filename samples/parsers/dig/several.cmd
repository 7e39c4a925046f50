dig @10.71.2.4 kubernetes.default.svc.cluster.local both.example A both.example AAAA txt.example TXT
