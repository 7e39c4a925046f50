brctl showmacs br-none
