bridge -d mdb
