cat /proc/net/ip6_tables_names
