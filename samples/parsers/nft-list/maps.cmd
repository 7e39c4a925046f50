nft list maps
