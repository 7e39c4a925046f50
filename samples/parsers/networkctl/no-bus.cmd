networkctl list
