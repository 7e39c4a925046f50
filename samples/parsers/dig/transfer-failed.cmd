dig @10.71.2.4 cluster.local AXFR
