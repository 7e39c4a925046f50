kubectl get nodes -L zone --show-labels
