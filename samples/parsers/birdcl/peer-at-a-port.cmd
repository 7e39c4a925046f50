birdcl show protocols
