mtr -n -r -c1 -o LSDRNBAWV 10.71.2.2
