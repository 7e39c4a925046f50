ping -f -c5 -W1 10.71.1.77
