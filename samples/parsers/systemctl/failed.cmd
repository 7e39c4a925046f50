systemctl --failed
