nft list chains
