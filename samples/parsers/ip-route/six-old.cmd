ip -6 route show
