kubectl get nodes -o jsonpath={.items[*].spec.podCIDR}
