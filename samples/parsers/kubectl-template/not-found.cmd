kubectl get svc kube-dns -o jsonpath={.spec.clusterIP}
