cat /etc/cni/net.d/10-flannel.conflist
