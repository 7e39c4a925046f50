netstat -lt
