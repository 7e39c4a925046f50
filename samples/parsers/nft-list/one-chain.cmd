nft list chain inet base nat-post
