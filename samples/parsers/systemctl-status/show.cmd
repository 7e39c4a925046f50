systemctl show kubelet firewalld
