nmcli radio
