conntrack -L expect
