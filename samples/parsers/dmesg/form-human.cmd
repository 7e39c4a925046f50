dmesg -H
