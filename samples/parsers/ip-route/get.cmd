ip route get 10.244.2.5
