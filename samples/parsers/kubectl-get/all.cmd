kubectl get all
