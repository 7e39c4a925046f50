journalctl -u flanneld -o cat --no-pager
