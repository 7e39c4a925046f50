ip -j -p route show table local
