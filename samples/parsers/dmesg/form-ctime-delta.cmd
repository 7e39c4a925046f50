dmesg -dT
