birdc show protocols
