cat /etc/coredns/Corefile
