curl -v --connect-to ::10.71.2.2:8080 http://svc.example/
