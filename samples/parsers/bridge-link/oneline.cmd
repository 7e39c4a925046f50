bridge -d -o link
