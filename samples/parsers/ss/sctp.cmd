ss -San
