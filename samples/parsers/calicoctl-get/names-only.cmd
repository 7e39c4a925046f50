calicoctl get nodes
