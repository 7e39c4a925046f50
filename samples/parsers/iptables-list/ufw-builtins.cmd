ufw show builtins
