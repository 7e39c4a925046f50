birdcl show protocols all
