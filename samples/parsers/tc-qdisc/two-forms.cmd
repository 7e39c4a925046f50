tc -s qdisc show
