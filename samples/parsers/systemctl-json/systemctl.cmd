systemctl list-units --all -o json
