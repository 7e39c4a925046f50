ip -j route show table local
