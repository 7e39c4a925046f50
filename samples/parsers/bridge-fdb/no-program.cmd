bridge fdb show
