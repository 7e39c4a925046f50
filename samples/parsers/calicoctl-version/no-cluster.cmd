calicoctl version
