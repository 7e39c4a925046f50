calicoctl get nodes -o custom-columns=NAME,ASN
