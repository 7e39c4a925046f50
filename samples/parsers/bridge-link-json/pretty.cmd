bridge -d -j -p link
