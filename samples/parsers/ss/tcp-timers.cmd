ss -tanpo
