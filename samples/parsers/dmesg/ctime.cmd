dmesg -T
