ip -N route show table all
