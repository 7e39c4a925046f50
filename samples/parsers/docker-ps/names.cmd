docker ps --format=table{{.Names}}
