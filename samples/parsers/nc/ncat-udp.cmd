ncat -vzu 10.71.2.2 9999
