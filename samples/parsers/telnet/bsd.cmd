telnet node-2 22
