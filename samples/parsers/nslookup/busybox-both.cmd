busybox nslookup both.example 10.71.2.4
