systemctl status kubelet
