nmcli -t -f DEVICE,STATE,CONNECTION device
