lspci
