ping -n -c2 -i0.2 -R 10.71.2.2
