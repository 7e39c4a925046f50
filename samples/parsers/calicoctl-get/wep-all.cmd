calicoctl get wep -A
