nmcli connection show eth0
