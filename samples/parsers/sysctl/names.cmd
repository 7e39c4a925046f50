sysctl -aN
