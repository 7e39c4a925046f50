curl -v --resolve svc.example:8080:10.71.2.2 http://svc.example:8080/
