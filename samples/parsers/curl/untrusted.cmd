curl -v https://10.71.2.2:8443/
