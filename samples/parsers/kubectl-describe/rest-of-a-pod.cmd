kubectl -n web describe pod web-1
