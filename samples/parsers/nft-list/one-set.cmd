nft list set inet base timed
