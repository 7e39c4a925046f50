ebtables-save
