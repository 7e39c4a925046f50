tc -s qdisc
