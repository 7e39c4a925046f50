tracepath -6 -n fd71:2::2
