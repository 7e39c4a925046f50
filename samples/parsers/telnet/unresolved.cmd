telnet nosuch.local 80
