ping -n -c1 -T tsandaddr 10.71.2.2
