weave --local status connections
