tc filter show dev lxc1a2b ingress
