ncat -v --ssl 10.71.2.2 8443
