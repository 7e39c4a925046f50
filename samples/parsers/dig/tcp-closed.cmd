dig +tcp @10.71.1.1 x.example
