dig +dnssec @10.96.0.10 shop.example.com SOA
