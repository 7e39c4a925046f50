dig @10.71.1.1 +time=1 +tries=1 x.example
