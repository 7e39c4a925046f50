ip -6 tunnel show
