journalctl -k -n 2
