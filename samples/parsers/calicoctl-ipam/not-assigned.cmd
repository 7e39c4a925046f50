calicoctl ipam show --ip=10.50.73.99
