lsb_release -a
