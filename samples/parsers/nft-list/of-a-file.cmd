cat lab.nft
