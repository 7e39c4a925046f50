kubectl get -o yaml -f networks.yaml
