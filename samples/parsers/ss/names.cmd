ss -lt
