nslookup -timeout=1 -retry=1 timeout.example 10.71.2.2
