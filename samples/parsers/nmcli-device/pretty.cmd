nmcli -p device
