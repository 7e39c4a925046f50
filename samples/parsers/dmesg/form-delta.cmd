dmesg -d
