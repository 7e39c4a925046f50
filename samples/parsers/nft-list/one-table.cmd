nft list table inet base
