ss -tanp
