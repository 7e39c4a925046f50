nmcli device show
