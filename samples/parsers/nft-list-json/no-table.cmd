nft -j list table ip nowhere
