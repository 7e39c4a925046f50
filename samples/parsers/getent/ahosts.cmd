getent ahosts localhost
