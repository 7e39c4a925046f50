nft -j list table inet base
