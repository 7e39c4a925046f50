head -v -n 2000 /proc/net/xt_recent/*
