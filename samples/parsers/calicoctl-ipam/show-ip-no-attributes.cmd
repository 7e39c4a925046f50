calicoctl ipam show --ip=10.50.1.65
