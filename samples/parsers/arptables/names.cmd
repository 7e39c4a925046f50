arptables -L
