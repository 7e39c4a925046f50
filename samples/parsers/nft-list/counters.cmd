nft list counters
