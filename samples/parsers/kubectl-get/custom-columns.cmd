kubectl get nodes -o custom-columns=NODE:.metadata.name,CIDR:.spec.podCIDR,IP:.status.addresses[?(@.type=="InternalIP")].address,TAINTS:.spec.taints
