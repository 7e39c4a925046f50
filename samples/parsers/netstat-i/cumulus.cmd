cl-netstat
