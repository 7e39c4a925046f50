networkctl status eth0
