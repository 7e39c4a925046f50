nft list sets inet
