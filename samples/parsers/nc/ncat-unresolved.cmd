ncat -vz nosuch.local 80
