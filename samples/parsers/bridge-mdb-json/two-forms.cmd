bridge -d -j -p mdb
