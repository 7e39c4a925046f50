nc -vz -w2 nosuch.local 80
