calicoctl get ippool
