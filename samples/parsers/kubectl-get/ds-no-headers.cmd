kubectl -n kube-system get ds kube-proxy --no-headers
