journalctl -k -o cat --no-pager
