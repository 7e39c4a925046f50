curl -s -o /dev/null -w %{http_code}\n http://10.71.2.2:8079/
