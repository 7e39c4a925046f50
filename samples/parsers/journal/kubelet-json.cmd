cat /var/log/kubelet.log
