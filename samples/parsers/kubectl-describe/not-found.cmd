kubectl describe pod web-9
