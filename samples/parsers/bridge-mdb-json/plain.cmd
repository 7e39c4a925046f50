bridge -j mdb
