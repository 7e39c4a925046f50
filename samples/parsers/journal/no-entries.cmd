journalctl -u flanneld
