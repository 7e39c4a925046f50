weave ps
