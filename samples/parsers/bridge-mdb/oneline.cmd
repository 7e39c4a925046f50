bridge -o mdb
