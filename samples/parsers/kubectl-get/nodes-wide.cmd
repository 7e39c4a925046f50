kubectl --kubeconfig ./admin.conf get nodes -o wide
