ebtables-save -c
