conntrack -E
