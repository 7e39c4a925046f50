kubectl get svc --all-namespaces -o wide
