traceroute -n -T -p 8080 10.71.2.2
