kubectl get no
