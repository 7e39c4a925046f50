dmesg -x
