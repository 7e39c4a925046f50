curl -k https://10.43.0.1/
