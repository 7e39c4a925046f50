bridge -j fdb show
