openssl s_client -brief -connect 10.71.2.2:8443
