openssl s_client -connect 10.66.1.1:443
