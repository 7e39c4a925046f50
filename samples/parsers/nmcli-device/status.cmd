nmcli device status
