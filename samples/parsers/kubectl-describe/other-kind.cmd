kubectl describe deploy web
