getent hosts localhost
