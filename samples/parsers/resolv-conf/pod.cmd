cat /etc/resolv.conf
