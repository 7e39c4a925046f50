nft -j list table ip filter
