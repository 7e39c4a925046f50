cat /var/snap/microk8s/current/args/kube-controller-manager
