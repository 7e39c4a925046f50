cat /proc/net/snmp
