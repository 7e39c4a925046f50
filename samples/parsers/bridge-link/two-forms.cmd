bridge -d link
