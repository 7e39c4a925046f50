journalctl -r --no-hostname --no-pager
