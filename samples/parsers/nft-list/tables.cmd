nft list tables
