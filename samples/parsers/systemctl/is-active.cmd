systemctl is-active kubelet firewalld flanneld.service
