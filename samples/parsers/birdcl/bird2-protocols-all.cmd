birdc show protocols all
