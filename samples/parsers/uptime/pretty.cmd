uptime -p
