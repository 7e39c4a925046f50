calicoctl get ippool -o wide
