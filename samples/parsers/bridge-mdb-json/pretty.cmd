bridge -d -s -j -p mdb
