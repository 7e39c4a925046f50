dmesg -HTx
