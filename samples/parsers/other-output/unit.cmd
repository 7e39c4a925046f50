cat /etc/systemd/system/k3s.service
