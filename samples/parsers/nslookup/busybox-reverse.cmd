busybox nslookup 10.96.0.1 10.71.2.4
