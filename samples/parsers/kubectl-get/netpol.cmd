kubectl -n shop get netpol
