openssl s_client -connect 10.71.2.2:8079
