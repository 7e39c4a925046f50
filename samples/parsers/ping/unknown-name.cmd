ping -c1 nosuch.cluster.local
