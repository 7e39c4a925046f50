cat /etc/kubernetes/manifests/kube-controller-manager.yaml
