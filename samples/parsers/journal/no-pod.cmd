kubectl logs -n kube-system kube-flannel-ds-zzkf7
