kubectl get rollouts
