ss -s
