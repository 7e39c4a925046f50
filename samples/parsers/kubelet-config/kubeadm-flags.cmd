cat /var/lib/kubelet/kubeadm-flags.env
