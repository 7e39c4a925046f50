openssl s_client -connect nosuch.local:443
