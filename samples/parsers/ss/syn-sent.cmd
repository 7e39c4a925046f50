ss -tn state syn-sent
