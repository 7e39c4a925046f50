dmesg -J
