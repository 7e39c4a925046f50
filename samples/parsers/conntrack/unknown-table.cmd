conntrack -L foo
