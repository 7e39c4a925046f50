ufw show user-rules
