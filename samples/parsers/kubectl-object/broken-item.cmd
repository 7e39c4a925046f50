kubectl get svc -o yaml
