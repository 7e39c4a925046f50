kubectl get ds -A -o wide
