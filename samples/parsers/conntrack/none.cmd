conntrack -L -p 77
