ip -j route get 10.244.1.7
