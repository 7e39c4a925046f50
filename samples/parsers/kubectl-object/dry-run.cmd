kubectl create service clusterip web --clusterip=10.43.0.80 --tcp=80:8080 --dry-run=client -o yaml
