iptables -t mangle -L -nvx --line-numbers
