nft list quotas
