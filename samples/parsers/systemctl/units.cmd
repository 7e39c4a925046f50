systemctl list-units --all
