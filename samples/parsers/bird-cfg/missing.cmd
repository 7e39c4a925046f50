cat /etc/calico/confd/config/bird.cfg
