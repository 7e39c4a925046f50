tc -p -s -d filter show dev qg-5 parent ffff: prio 1
