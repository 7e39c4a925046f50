calicoctl ipam check --show-problem-ips
