kubectl logs -n kube-flannel kube-flannel-ds-7hx2p -c kube-flannel
