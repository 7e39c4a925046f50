wget -t1 http://nosuch.local/
