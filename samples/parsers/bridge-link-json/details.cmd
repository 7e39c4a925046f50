bridge -d -j link
