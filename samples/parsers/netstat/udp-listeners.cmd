netstat -lnpu
