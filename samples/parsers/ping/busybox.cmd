busybox ping -c2 10.162.0.7
