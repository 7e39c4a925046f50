bridge -d link show
