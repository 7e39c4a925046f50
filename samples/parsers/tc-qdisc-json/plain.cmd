tc -j qdisc show
