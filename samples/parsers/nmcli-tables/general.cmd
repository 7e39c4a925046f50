nmcli general
