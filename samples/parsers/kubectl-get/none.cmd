kubectl -n lab get pods
