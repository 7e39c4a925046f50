cat /etc/iproute2/rt_tables
