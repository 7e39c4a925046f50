ping -c 1 web.example
