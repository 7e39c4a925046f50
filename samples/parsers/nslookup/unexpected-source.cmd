nslookup kubernetes.default
