calicoctl ipam show --show-blocks
