arptables -L -n --line-numbers
