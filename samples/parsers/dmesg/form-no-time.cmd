dmesg -t
