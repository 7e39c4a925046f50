ss -lntup
