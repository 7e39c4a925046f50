dmesg --time-format=iso
