ufw status
