calicoctl get bgppeer
