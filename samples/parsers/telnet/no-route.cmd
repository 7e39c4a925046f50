telnet 10.66.1.1 80
