nft list limits
