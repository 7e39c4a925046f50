host -t TXT txt.example 10.71.2.4
