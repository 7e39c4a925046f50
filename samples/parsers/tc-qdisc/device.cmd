tc qdisc show dev veth8a3f
