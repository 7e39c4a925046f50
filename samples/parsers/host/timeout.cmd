host -W1 -R1 timeout.example 10.71.2.2
