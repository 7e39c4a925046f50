tc -s -j qdisc show
