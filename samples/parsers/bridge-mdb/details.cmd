bridge -d -s mdb show
