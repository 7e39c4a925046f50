cat /run/flannel/subnet.env
