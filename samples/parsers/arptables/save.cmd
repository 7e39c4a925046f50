arptables-save
