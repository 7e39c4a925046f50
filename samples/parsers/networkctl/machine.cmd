networkctl status
