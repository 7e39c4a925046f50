kubectl get svc --no-headers
