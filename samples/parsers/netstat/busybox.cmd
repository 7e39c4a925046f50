busybox netstat -tuln
