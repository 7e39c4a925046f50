ip -j -p route show table all
