arping -I nosuch 10.1.1.1
