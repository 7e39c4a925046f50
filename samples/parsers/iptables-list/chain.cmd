iptables -t nat -nvL KUBE-NODEPORTS
