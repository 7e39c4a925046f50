ip -j route show table all
