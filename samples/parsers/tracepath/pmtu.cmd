tracepath -n 10.71.2.2
