ss -lnH
