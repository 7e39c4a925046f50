conntrack -L -f ipv6
