kubectl get svc,endpointslices,ep -A -o yaml
