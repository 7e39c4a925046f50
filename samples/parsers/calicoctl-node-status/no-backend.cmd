calicoctl node status
