arptables-legacy -L -n -v
