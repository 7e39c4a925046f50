ip route get 10.250.1.1
