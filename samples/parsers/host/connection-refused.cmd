host -W1 x.example 10.71.1.1
