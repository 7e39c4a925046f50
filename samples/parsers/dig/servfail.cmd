dig @10.71.2.2 servfail.example
