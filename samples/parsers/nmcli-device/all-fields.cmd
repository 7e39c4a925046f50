nmcli -g all d
