busybox nslookup x.example 10.71.1.1
