netstat -antp
