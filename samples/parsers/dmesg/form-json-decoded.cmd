dmesg -J -x
