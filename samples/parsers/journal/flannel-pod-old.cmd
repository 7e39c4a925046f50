kubectl --kubeconfig ./admin.conf logs -n kube-system kube-flannel-ds-zzkf7
