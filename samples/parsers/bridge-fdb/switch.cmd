bridge -s fdb show
