bridge -s -s -d -t fdb show
