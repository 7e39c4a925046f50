calicoctl get nodes -o wide
