cat /etc/chrony.conf
