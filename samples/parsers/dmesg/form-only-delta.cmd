dmesg --time-format=delta
