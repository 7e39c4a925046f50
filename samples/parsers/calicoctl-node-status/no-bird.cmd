calicoctl status
