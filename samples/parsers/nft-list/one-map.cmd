nft list map inet base services
