nmcli --colors no -m multiline device
