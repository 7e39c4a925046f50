nslookup servfail.example 10.71.2.2
