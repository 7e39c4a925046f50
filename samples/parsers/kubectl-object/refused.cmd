kubectl get nodes -o yaml
