kubectl -n shop describe pod web-1
