sysctl -a -r net
