nslookup -type=SOA cluster.local 10.71.2.4
