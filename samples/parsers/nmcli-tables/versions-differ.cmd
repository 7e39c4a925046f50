nmcli con show
