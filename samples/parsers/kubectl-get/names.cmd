kubectl get pods -o name
