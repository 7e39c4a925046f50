calicoctl ipam show --show-configuration
