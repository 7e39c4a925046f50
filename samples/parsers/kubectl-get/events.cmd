kubectl get events -A
