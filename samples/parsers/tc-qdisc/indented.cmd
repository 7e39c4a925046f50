tc qdisc show
