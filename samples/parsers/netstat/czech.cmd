netstat -antpo
