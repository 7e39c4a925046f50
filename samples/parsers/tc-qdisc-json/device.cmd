tc -s -j qdisc show dev veth8a3f
