nmcli -f all dev show wlan0
