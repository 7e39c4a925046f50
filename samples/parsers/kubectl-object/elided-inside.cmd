kubectl get pod web-0 -o yaml
