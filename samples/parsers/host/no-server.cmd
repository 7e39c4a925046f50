host -W1 x.example
