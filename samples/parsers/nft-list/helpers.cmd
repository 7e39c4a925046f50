nft list ct helpers table inet base
