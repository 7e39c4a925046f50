kubectl -n kube-system get svc kube-dns -o jsonpath={.spec.clusterIP}
