kctl --kubeconfig admin.conf -n kube-system get po -lapp=flannel -owide
