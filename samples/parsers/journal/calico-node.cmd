kubectl logs -n kube-system calico-node-6xk2z -c calico-node --timestamps=false
