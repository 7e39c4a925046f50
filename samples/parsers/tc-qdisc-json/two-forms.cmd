tc -s -j -p qdisc show
