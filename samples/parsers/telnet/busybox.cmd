busybox telnet 10.71.2.2 8080
