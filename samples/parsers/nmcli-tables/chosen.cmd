nmcli -f UUID,TYPE con
