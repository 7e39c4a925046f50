ab -n 1 http://nosuch.local/
