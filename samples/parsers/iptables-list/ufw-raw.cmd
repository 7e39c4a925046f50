ufw show raw
