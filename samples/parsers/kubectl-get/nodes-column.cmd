kubectl get nodes -o wide
