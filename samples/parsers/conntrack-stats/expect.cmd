conntrack -S expect
