bridge -d mdb show
