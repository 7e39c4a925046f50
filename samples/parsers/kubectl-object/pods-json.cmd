kubectl get pods,secrets -A -o json
