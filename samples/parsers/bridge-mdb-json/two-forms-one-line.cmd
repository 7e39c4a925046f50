bridge -d -j mdb
