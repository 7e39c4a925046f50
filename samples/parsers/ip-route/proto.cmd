ip route list proto 80
