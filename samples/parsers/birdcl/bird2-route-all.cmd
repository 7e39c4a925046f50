birdc show route all
