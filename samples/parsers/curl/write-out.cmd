curl -s -o /dev/null -w code=%{http_code};%{remote_ip}:%{remote_port};%{local_ip}:%{local_port};%{time_connect}\n http://10.71.2.2:8080/
