dmesg -e
