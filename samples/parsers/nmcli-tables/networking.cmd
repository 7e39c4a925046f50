nmcli networking
