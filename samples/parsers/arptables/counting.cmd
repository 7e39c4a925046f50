arptables -L -n
