brctl showmacs cni0
