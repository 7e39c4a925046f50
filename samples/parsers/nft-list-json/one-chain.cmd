nft -j list chain inet base nat-post
