nmcli
