dig @10.71.2.2 +time=1 +tries=1 badid.example
