bridge -j -p fdb show
