nft -j list chains
