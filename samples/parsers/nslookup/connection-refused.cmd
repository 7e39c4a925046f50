nslookup -timeout=1 x.example 10.71.1.1
