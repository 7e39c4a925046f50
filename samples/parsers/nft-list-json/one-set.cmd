nft -j list set inet base timed
