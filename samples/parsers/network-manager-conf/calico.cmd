cat /etc/NetworkManager/conf.d/calico.conf
