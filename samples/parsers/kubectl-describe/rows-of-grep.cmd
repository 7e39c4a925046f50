kubectl describe svc web -n lab
