ip -o route show
