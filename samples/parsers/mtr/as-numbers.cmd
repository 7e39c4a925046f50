mtr -n -r -z -c1 10.71.2.2
