busybox ifconfig -a
