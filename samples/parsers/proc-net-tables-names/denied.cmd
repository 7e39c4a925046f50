cat /proc/net/ip_tables_names
