brctl showstp nope
