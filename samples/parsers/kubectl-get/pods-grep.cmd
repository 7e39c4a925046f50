k3s kubectl get pods -A -o wide
