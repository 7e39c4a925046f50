bridge -s -d mdb
