kubectl -n kube-flannel describe cm kube-flannel-cfg
