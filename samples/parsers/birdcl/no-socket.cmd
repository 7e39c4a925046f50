birdcl -s /var/run/calico/bird.ctl show protocols
