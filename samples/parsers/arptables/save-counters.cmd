arptables-save -c
