ip route get 10.99.0.1
