tracepath -n -m3 10.99.0.1
