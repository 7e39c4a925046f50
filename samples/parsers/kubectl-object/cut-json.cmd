kubectl get svc -A -o json
