birdcl show route
