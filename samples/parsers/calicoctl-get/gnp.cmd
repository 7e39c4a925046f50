calicoctl get gnp -o wide
