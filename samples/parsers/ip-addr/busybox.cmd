busybox ip addr
