tracepath -n -m4 10.71.1.77
