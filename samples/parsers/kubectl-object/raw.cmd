kubectl get --raw /apis/discovery.k8s.io/v1/endpointslices
