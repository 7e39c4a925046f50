dmesg --time-format=ctime --time-format=raw
