dmesg -r
