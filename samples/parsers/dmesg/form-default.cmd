dmesg 
