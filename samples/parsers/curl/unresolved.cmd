curl -v http://nosuch.local/
