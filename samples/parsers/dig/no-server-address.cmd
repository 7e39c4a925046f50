dig @nosuch.server x.example
