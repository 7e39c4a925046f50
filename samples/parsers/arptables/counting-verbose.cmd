arptables -L -n -v
