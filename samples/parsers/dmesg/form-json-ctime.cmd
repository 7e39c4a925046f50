dmesg -J -T
