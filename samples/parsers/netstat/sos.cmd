netstat -W -neopa
